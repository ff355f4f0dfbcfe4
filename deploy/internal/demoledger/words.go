package demoledger

// Common surnames, each as often as it should be drawn; 蓝 雷 钟 are there for
// the She people of 景宁.
var surnames = []rune("王王王王王李李李李李张张张张张刘刘刘陈陈陈陈陈陈杨杨杨黄黄黄赵赵吴吴吴周周周" +
	"徐徐徐孙孙马朱朱朱胡胡胡郭何何林林林林高罗郑郑郑梁谢宋唐许许邓韩冯曹彭曾肖田董潘潘袁蔡蔡蒋蒋余余" +
	"于杜叶叶叶叶程魏苏吕丁丁任卢姚姚沈沈沈钟姜崔谭陆陆范范汪廖石金金金韦贾夏夏付方方邹熊白孟秦邱侯江尹薛" +
	"毛章章邵邵俞俞楼楼虞褚童施施盛包柯应应阮厉蓝雷")

var givens = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅文斌宇浩轩梓涵子欣怡诗雨晨" +
	"佳俊博思睿泽语嘉铭昊天然雪婷瑶琪萱妍瑞豪鑫凯航家宝乐安宁康健志鹏飞龙翔辉晓东海波建国庆春秋月星辰" +
	"若彤雅琴慧颖婉清心悦可馨依诺一凡奕辰景行书恒永成立新学友")

var roads = []string{
	"解放路", "人民路", "建设路", "文化路", "新华路", "中山路", "学院路", "环城北路", "环城西路",
	"劳动路", "和平路", "朝阳路", "青年路", "府前街", "东门大街", "西门街", "南大街", "体育场路", "健康路", "振兴路",
}

var villages = []string{
	"东风村", "红星村", "前进村", "上山村", "下洋村", "大溪村", "石桥村", "新丰村", "双溪村",
	"白岩村", "塘下村", "坑口村", "横路村", "杨家村", "桥头村", "溪东村", "后坞村", "金山村",
}

var towns = []string{"城关镇", "城东街道", "城西街道", "南山镇", "北溪乡", "东坑乡", "龙山镇", "白马镇", "新市镇", "江口街道"}

var schools = []string{
	"第一初级中学", "第二初级中学", "第三初级中学", "实验中学", "城关中学",
	"第一小学", "第二小学", "实验小学", "中心小学", "民族中学", "育才学校",
}

var statuses = []string{"疑似辍学", "疑似辍学", "疑似辍学", "辍学"}

var oddPhones = []string{"无", "0", "不详", "110", "空号", "(0571)8", "13800000000000", "1380571", "外出无电话", "12345678901"}

// sourceInfo is how often a source is drawn and how 数据类别 writes it.
type sourceInfo struct {
	source      Source
	part        float64
	short, long string
}

var sources = [...]sourceInfo{
	{NationalSuspected, 0.35, "全国学籍系统疑似辍学", "全国学籍系统标记为疑似辍学和辍学的学生"},
	{PopulationWithoutRecord, 0.45, "人口库比对无学籍", "全国学籍系统和人口库比对出的适龄但无学籍人员"},
	{PovertyUnmatched, 0.20, "建档立卡未匹配", "建档立卡儿童中在学籍系统和人口库中均查不到信息的人员"},
}

// longSourcePart is how often the notice's whole sentence stands in the cell.
const longSourcePart = 0.30
